/** The one way in which an endpoint's address is written: no slash at its end, and `/v1` where there is no path. */
export function endpointAddress(written: string): string {
  const { origin, pathname } = new URL(written)
  const path = pathname.replace(/\/+$/, '')
  return `${origin}${path === '' ? '/v1' : path}`
}

/** Whether two addresses lead to the same endpoint; this machine has several names for itself. */
export const sameEndpoint = (one: string, other: string): boolean => comparable(one) === comparable(other)

function comparable(written: string): string {
  const url = new URL(endpointAddress(written))
  if (loopback.test(url.hostname)) url.hostname = 'localhost'
  return url.href
}

const loopback = /^(localhost|0\.0\.0\.0|127(\.\d+){3}|\[::1\])$/
