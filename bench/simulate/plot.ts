import { ours } from './policies.ts'

/** One bar: a policy's mean, and how far it may be off. */
export interface Bar {
  readonly name: string
  readonly mean: number
  readonly plusMinus: number
}

const rowHeight = 22
const nameWidth = 150
const barWidth = 360
const width = 660
/** A whisker may end so far beyond the longest bar. */
const whiskerRoom = 1.2

/** Bars side by side as an SVG text, on no background, in colours that can be read on a light and on a dark page. */
export function barPlot(title: string, unit: string, bars: readonly Bar[]): string {
  // One that is far off must not squeeze the others: bars end at four times the shortest, their figures do not.
  const full = Math.min(Math.max(...bars.map(({ mean }) => mean)), 4 * Math.min(...bars.map(({ mean }) => mean)))
  const rows = bars.map(({ name, mean, plusMinus }, index) => {
    const y = 40 + index * rowHeight
    const length = Math.max(1, (barWidth * Math.min(mean, full)) / full)
    const off = (barWidth * plusMinus) / full
    const fits = mean + plusMinus <= full * whiskerRoom
    const whisker = fits
      ? `<path d="M${(nameWidth + length - off).toFixed(1)} ${y + 8}h${(2 * off).toFixed(1)}" stroke="#888" stroke-width="2"/>`
      : ''
    const figureX = nameWidth + length + 8 + (fits ? off : 0)
    return [
      `<text x="${nameWidth - 8}" y="${y + 13}" text-anchor="end">${name}</text>`,
      `<rect x="${nameWidth}" y="${y}" width="${length.toFixed(1)}" height="16" rx="2" fill="${name === ours ? '#e8833a' : '#7a94b8'}"/>`,
      whisker,
      `<text x="${figureX.toFixed(1)}" y="${y + 13}">${Number(mean.toPrecision(3))}</text>`,
    ].join('')
  })
  const height = 48 + bars.length * rowHeight
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    '<style>text{font:12px system-ui,sans-serif;fill:#777}.title{font-size:14px;font-weight:600}</style>',
    `<text class="title" x="8" y="22">${title} (${unit}; whiskers: 95 %)</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}
