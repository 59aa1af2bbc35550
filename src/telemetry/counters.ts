// What is counted often is kept in plain numbers, which are handed over when somebody asks: the package would work out
// anew, each time, which of its counters is meant.

import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";

export type PushOutcome = "sent" | "untaken" | "refused" | "gone" | "unknown" | "left_out";

/** Of requests, by their type and what came of them. */
export function replyCounter(registers: Registry[]) {
  const answered = new Map<string, Map<string, number>>();
  new Counter({
    name: "orchard_messages_total",
    help: "Requests answered, by message type and result: ok or an error code",
    labelNames: ["type", "result"],
    registers,
    collect() {
      for (const [type, results] of answered) {
        for (const [result, count] of results) this.inc({ type, result }, count);
      }
      answered.clear();
    },
  });
  return (type: string, result: string): void => {
    let results = answered.get(type);
    if (!results) {
      results = new Map();
      answered.set(type, results);
    }
    results.set(result, (results.get(result) ?? 0) + 1);
  };
}

/** Of what is told apart by one label. */
export function plainCounter<Value extends string | number>(
  registers: Registry[],
  label: string,
  named: { name: string; help: string },
): (value: Value) => void {
  const counted = new Map<Value, number>();
  new Counter({
    ...{ ...named, registers, labelNames: [label] },
    collect() {
      for (const [value, count] of counted) this.inc({ [label]: value }, count);
      counted.clear();
    },
  });
  return (value) => void counted.set(value, (counted.get(value) ?? 0) + 1);
}

export function pushCounter(registers: Registry[]) {
  const pushes = new Counter({
    name: "orchard_pushes_total",
    help: "Web pushes, by what became of them: untaken ones are tried again, left_out had no room in the queue",
    labelNames: ["outcome"],
    registers,
  });
  return (outcome: PushOutcome, count = 1) => pushes.inc({ outcome }, count);
}

export function bytesCounter(registers: Registry[]) {
  let sent_bytes = 0;
  new Counter({
    name: "orchard_socket_bytes_out_total",
    help: "Bytes of frames sent",
    registers,
    collect() {
      this.inc(sent_bytes);
      sent_bytes = 0;
    },
  });
  return (bytes: number): void => {
    sent_bytes += bytes;
  };
}

/** What was told last. */
export function plainGauge(registers: Registry[], named: { name: string; help: string }): (value: number) => void {
  let last = 0;
  new Gauge({
    ...{ ...named, registers },
    collect() {
      this.set(last);
    },
  });
  return (value) => {
    last = value;
  };
}
