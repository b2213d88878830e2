import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../server/embedded/free-port.ts'
import { findProgram } from '../find-program.ts'
import { scratchFolder } from '../parley-server.ts'
import { childrenOf, mostOpenFiles } from '../process-usage.ts'
import type { Started } from '../run-bench.ts'

export interface Nginx {
  readonly url: string
  /** The one worker, which does all the work. */
  readonly pid: number
}

/**
 * Starts an nginx that hands streams on as they come, and does nothing else: the least that a relay can cost. Undefined
 * where there is no nginx.
 */
export async function startNginx(started: Started, clusterUrl: string): Promise<Nginx | undefined> {
  const program = await findProgram('nginx', ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin'])
  if (program === undefined) return undefined
  const folder = await scratchFolder(started)
  const port = await freePort()
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, new URL(clusterUrl).host))
  if (started.disposed) throw new Error('the benchmark is ending')
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  const exited = once(child, 'exit').then(() => {})
  started.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  const ended = exited.then(async () => {
    throw new Error(`nginx ended:\n${await readFile(join(folder, 'error.log'), 'utf8').catch(() => '')}`)
  })
  await Promise.race([untilItAnswers(url), ended])
  ended.catch(() => {}) // it is ended by us from here on
  const [pid] = childrenOf(child.pid ?? 0)
  if (pid === undefined) throw new Error('nginx has no worker')
  return { url, pid }
}

const configuration = (folder: string, port: number, cluster: string) => `
daemon off;
worker_processes 1;
worker_rlimit_nofile ${Math.min(mostOpenFiles(), 65_536)};
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream cluster {
    server ${cluster};
    keepalive 4096;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://cluster;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`

async function untilItAnswers(url: string): Promise<void> {
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; await wait(20)) {
    const answered = await fetch(`${url}/v1/models`).then(
      response => response.ok,
      () => false,
    )
    if (answered) return
  }
  throw new Error('nginx does not answer')
}
