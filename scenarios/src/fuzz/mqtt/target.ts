import type { Target } from '../target.ts';
import { drawInput } from './draw.ts';
import { mqttGround } from './ground.ts';
import { splitPackets } from './split.ts';

export const mqttTarget: Target = { name: 'mqtt', draw: drawInput, split: splitPackets, open: mqttGround };
