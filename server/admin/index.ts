/**
 * What administrators change while the server runs: its clusters, and the engines found on this machine.
 * Must never show or log a key, send a prompt that no administrator asked for, or know HTTP's side of a request.
 */
export { type Actor, type ClusterAdmin, type ClusterAdminOptions, createClusterAdmin } from './cluster-admin.ts'
export type { FixedCluster } from './cluster-follower.ts'
export { type LocalPort, usualPorts } from './local-engines.ts'
