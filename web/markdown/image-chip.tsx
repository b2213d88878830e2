import { useState } from 'react'
import { t } from '../text/catalogue.ts'

export interface ImageChipProps {
  /** Only ever http or https in effect: a picture is not loaded from a mail address. */
  readonly url: string
  readonly host: string
  readonly alt: string
}

/** A picture elsewhere: loading it would tell that host who reads what, so the reader is asked first. */
export function ImageChip({ url, host, alt }: ImageChipProps) {
  const [state, setState] = useState<'asked' | 'loaded' | 'failed'>('asked')
  if (state === 'loaded')
    return (
      <img
        className="remote-image"
        src={url}
        alt={alt}
        referrerPolicy="no-referrer"
        onError={() => setState('failed')}
      />
    )
  return (
    <span className="image-chip">
      <span>
        {t(state === 'failed' ? 'image.failed' : 'image.from', { host })}
        {alt !== '' && <span className="image-alt">{alt}</span>}
      </span>
      {state === 'asked' && /^https?:/.test(url) && (
        <button type="button" onClick={() => setState('loaded')}>
          {t('image.load')}
        </button>
      )}
    </span>
  )
}
