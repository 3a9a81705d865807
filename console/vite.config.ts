import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';

/** Where the development server finds a running cloud. */
const cloud = 'http://127.0.0.1:8000';

/** How Vite builds the console; also read by `vite console` for development against a running cloud. */
const config: UserConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  server: { proxy: { '/v1': { target: cloud, ws: true, headers: { origin: cloud } } } },
  build: {
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // An inlined file would need `data:` in more of the policy than images.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
};

export default config;
