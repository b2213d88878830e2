/** As the server demands (protocol/account.ts), told before it has to refuse. */
export const leastPassword = 12
