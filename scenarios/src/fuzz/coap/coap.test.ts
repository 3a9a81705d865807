import { heldContract } from '../held.contract.ts';

heldContract('coap', { inputs: 6_000, outcomes: 60 });
