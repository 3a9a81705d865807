import { device } from '@selvedge/device';

const [url = 'mqtt://127.0.0.1:1883', dir = './pump-7'] = process.argv.slice(2);
const pump = device({ id: 'pump-7', type: 'pump', url, dir });
let speed = 1;
let temperature = 60;

pump.onCommand('shutdown', () => ({ speed: (speed = 0) }));
pump.onCommand('throttle', () => ({ speed: (speed = 0.5) }));
pump.onCommand('start', () => ({ speed: (speed = 1) }));

await pump.connect();
const timer = setInterval(() => {
  temperature += (20 + 75 * speed - temperature) / 10;
  pump.report({ temperature, speed }).catch((cause) => console.error(`${cause.code}: ${cause.hint}`));
}, 200);

process.on('SIGTERM', stop).on('SIGINT', stop);
async function stop(): Promise<void> {
  clearInterval(timer);
  await pump.stop();
}
