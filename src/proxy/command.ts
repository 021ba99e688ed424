import type { SealedCertificate } from '../domain/router-config.ts';
import type { ProxyServer } from './model.ts';

/** A change that HAProxy makes while it runs. */
export type RuntimeCommand =
  | {
      readonly kind: 'add-server';
      readonly backend: string;
      readonly server: ProxyServer;
      readonly options: string;
    }
  /** It gets new requests again, or no more; what it has begun goes on. */
  | { readonly kind: 'ready' | 'drain'; readonly backend: string; readonly server: string }
  | { readonly kind: 'weight' | 'move'; readonly backend: string; readonly server: ProxyServer }
  /** It gets no new requests. It can be removed only once it has no connections: see `RuntimeSocket.remove`. */
  | { readonly kind: 'retire'; readonly backend: string; readonly server: string }
  | {
      readonly kind: 'map-add' | 'map-set';
      readonly map: string;
      readonly key: string;
      readonly value: string;
    }
  | { readonly kind: 'map-delete'; readonly map: string; readonly key: string }
  /** All entries at once: there is no moment with some of them. `text` is that of the file. */
  | { readonly kind: 'map-replace'; readonly map: string; readonly text: string }
  | { readonly kind: 'certificate-add' | 'certificate-set'; readonly certificate: SealedCertificate }
  | { readonly kind: 'certificate-remove'; readonly id: string };
