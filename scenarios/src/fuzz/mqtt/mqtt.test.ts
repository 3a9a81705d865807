import { heldContract } from '../held.contract.ts';

heldContract('mqtt', { inputs: 6_000, outcomes: 60 });
