import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startClusterUnderTest } from '../../test/support/cluster-under-test.ts'
import { readLoad } from './ask-for-load.ts'
import { type Engine, gaugesOf } from './engines.ts'

const vllm = `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-8B"} 7.0
vllm:num_requests_running{engine="1",model_name="Qwen/Qwen3-8B"} 2.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-8B"} 3.0
vllm:num_requests_waiting{engine="1",model_name="Qwen/Qwen3-8B"} 0.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="Qwen/Qwen3-8B",reason="capacity"} 99.0
vllm:kv_cache_usage_perc{engine="0",model_name="Qwen/Qwen3-8B"} 0.62
`
const sglang = `# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{engine_type="unified",model_name="m",tp_rank="0"} 4.0 1790347303000
sglang:num_running_reqs{engine_type="unified",model_name="m",tp_rank="1"} 4.0 1790347303000
sglang:num_queue_reqs{engine_type="unified",model_name="m",tp_rank="0"} 1.0
sglang:num_queue_reqs{engine_type="unified",model_name="m",tp_rank="1"} 1.0
sglang:num_queue_reqs_total{model_name="m"} 999
`
const llamaCpp = `# HELP llamacpp:requests_processing Number of requests processing.
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 4
# HELP llamacpp:requests_deferred Number of requests deferred.
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 46
llamacpp:predicted_tokens_seconds nan
`

function load(text: string, engine: Engine) {
  const gauges = gaugesOf(engine)
  assert.ok(gauges)
  return readLoad(text, gauges)
}

test('the requests on an engine are read from its metrics, those of replicas together', () => {
  assert.deepEqual(load(vllm, 'vllm'), { running: 9, waiting: 3 })
  assert.deepEqual(load(sglang, 'sglang'), { running: 4, waiting: 1 })
  assert.deepEqual(load(llamaCpp, 'llama.cpp'), { running: 4, waiting: 46 })
})

test('what tells no count of both tells nothing', () => {
  for (const text of [
    '',
    '<html>',
    vllm.replaceAll('waiting', 'x'),
    vllm.replace('7.0', 'NaN'),
    vllm.replace('7.0', '-1'),
  ])
    assert.equal(load(text, 'vllm'), undefined)
})

test('a look tells how many requests of strangers an engine has, until one finds nothing', async context => {
  const { cluster, upstream } = await startClusterUnderTest(context, undefined, { engine: 'vllm' })
  const look = () => cluster.look(AbortSignal.timeout(2_000))
  await look()
  assert.equal(cluster.load.strangers, 0)
  upstream.metrics = vllm
  await look()
  assert.equal(cluster.load.strangers, 9)
  upstream.metrics = undefined
  await look()
  assert.equal(cluster.load.strangers, 0)
})
