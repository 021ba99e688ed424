import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { CertificateRecords } from './certificate-records.ts';
import { CertificateViews } from './certificate-views.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { CertificatesController } from './certificates.controller.ts';
import { CertificatesService } from './certificates.service.ts';
import { InstallationKey } from './installation-key.ts';
import { ServedCertificates } from './served-certificates.ts';

/** What certificates are kept with. */
export interface CertificateSettings {
  /** 32 bytes that seal the keys of certificates; without them, some that are forgotten with the process. */
  readonly certificateKey?: Uint8Array;
}

@Global()
@Module({})
export class CertificatesModule {
  static with({ certificateKey }: CertificateSettings): DynamicModule {
    return {
      module: CertificatesModule,
      imports: [ApiModule],
      controllers: [CertificatesController],
      providers: [
        CertificateRecords,
        CertificateViews,
        CertificatesService,
        CertificateWatch,
        ServedCertificates,
        { provide: InstallationKey, useValue: new InstallationKey(certificateKey) },
      ],
      exports: [CertificatesService, CertificateWatch, InstallationKey, ServedCertificates],
    };
  }
}
