import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { InlineConfig } from 'vite'

/** How the page is bundled. Its policy forbids inline scripts, styles and data: addresses, so nothing may be inlined. */
export const pageBundle: InlineConfig = {
  root: import.meta.dirname,
  configFile: false,
  plugins: [react(), tailwindcss()],
  worker: { format: 'es' },
  build: {
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
}
