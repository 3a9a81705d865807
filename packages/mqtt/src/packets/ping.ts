import { packet } from './writer.ts';

/*
 * PINGREQ and PINGRESP (sections 3.12 and 3.13)
 *
 *   pingreq = 0xc0 0x00      pingresp = 0xd0 0x00
 */

export const pingresp = packet(0xd0);
