import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spentOn } from './main-thread-parts.ts'

const span = (name: string, ts: number, dur: number) => ({ name, ts, dur, tdur: dur })

test('time counts once, for the innermost part in which it was spent', () => {
  const spans = [
    span('ThreadControllerImpl::RunTask', 0, 100),
    span('v8.callFunction', 10, 60),
    span('LocalFrameView::performLayout', 20, 20),
    span('InlineNode::ShapeText', 25, 10),
    span('V8.GCScavenger', 50, 5),
    span('Blink.Paint.UpdateTime', 80, 15),
    span('ThreadControllerImpl::RunTask', 100, 7),
  ]
  assert.deepEqual(spentOn(spans), { script: 35, garbage: 5, style: 0, layout: 20, paint: 15, rest: 32 })
})
