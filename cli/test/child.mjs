// A process to supervise: `ready` says so and waits, `fail` tells a fault, `crash` prints one, `deaf` ignores SIGTERM.
const what = process.argv[2];
process.on('disconnect', () => process.exit(0));
if (what === 'ready' || what === 'deaf') process.send?.({ ready: true, said: process.env.WORD });
if (what === 'deaf') process.on('SIGTERM', () => undefined);
if (what === 'fail') {
  process.send?.({ failed: { code: 'SOME_CODE', message: 'it cannot', hint: 'do this' } });
  process.exitCode = 1;
  process.disconnect();
}
if (what === 'crash') {
  console.error('{"level":"info"}\nError: the disk is gone\nTry: another disk');
  process.exit(1);
}
