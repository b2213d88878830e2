/** A random key of 128 bits; `crypto.randomUUID` is kept from pages that came over plain http from another machine. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')
