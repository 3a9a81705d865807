export * from './authority.ts';
export { type CertificateFacts, fingerprintOf, readCertificate } from './certificate.ts';
export * from './enrolment-token.ts';
export * from './faults.ts';
export * from './node-id.ts';
export * from './request.ts';
export * from './verify.ts';
