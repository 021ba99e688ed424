import { Module } from '@nestjs/common';
import { AdmissionPolicies } from './admission-policies.ts';
import { Admission } from './admission.service.ts';

/** What writes of services and networks are judged by. */
@Module({ providers: [Admission, AdmissionPolicies], exports: [Admission, AdmissionPolicies] })
export class AdmissionModule {}
