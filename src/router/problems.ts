import type { RouterProblem } from '../domain/router-report.ts';

type Kind = RouterProblem['kind'];

/** What keeps requests from being answered comes first. */
const SERIOUSNESS: Readonly<Record<Kind, number>> = {
  'haproxy-down': 0,
  'port-taken': 1,
  'route-unserved': 2,
  'certificate-unusable': 2,
  'certificate-expired': 3,
  unauthorized: 4,
  'server-unreachable': 5,
  'disk-full': 6,
  'file-limit': 7,
};

/** What is wrong with the router at this moment. */
export class Problems {
  /** By kind, and by what has it. */
  private readonly details = new Map<Kind, Map<string, string>>();

  /** @param changed is called when a problem came, changed or went */
  constructor(private readonly changed: (kind: Kind, detail: string | null) => void) {}

  /**
   * Says that something is wrong, in sentences that tell what to do; with null, that it is mended.
   * @param place what has the problem, where several may have one of this kind
   */
  set(kind: Kind, detail: string | null, place = ''): void {
    const places = this.details.get(kind) ?? new Map<string, string>();
    if ((places.get(place) ?? null) === detail) return;
    if (detail === null) places.delete(place);
    else places.set(place, detail);
    if (places.size > 0) this.details.set(kind, places);
    else this.details.delete(kind);
    this.changed(kind, detail);
  }

  /** One of each kind, the most serious first. */
  all(): RouterProblem[] {
    return [...this.details]
      .map(([kind, places]) => ({ kind, detail: [...new Set(places.values())].join(' ') }))
      .sort((a, b) => SERIOUSNESS[a.kind] - SERIOUSNESS[b.kind]);
  }
}
