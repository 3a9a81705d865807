import { heldContract } from '../held.contract.ts';

heldContract('http', { inputs: 5_000, outcomes: 35 });
