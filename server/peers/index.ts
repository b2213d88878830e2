/**
 * What the processes on one database tell each other beside it: a running turn's events as they come, the wish to stop
 * one, and that there is work to take over. On ports of their own, signed with the instance's secret.
 * Must never be the only way to know a thing: all of it stands, a moment later, in the database.
 */
export { createPeerClient, type PeerClient } from './peer-client.ts'
export { createPeerServer, type PeerServer } from './peer-server.ts'
