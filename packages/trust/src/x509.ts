// The library's dependency injection needs the metadata API to exist before it loads.
import 'reflect-metadata';

export * from '@peculiar/x509';
