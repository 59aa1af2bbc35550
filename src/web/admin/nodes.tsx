// The nodes that the server is made of, as the one that is asked sees them; of one process alone there is little to say.

import { durationOf, numberOf } from "../state/sizes.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { Table } from "./table.tsx";
import { useFigures } from "./use-figures.ts";

const text = words.admin.nodes;

interface Node {
  number: number;
  is_asked: boolean;
  host: string;
  pid: number;
  version: string;
  state: keyof typeof text.states;
  started_date: string;
  slots: number | null;
  has_people: boolean;
  lag_ms: number | null;
  sessions: number | null;
}

interface Nodes {
  nodes: readonly Node[];
  free_slots: number | null;
}

const titles = [text.number, text.name, text.version, text.state, text.slots, text.sessions, text.lag];
const unless = (value: number | null, shown: (value: number) => string) => (value === null ? "–" : shown(value));

export function Nodes() {
  const seen = useFigures<Nodes, Nodes | null>("/admin/nodes", null, (_, answer) => answer);
  const [first] = seen?.nodes ?? [];
  if (!seen || !first) return null;
  if (first.state === "alone") return <p>{text.alone(first.version, shortTime(first.started_date))}</p>;
  return (
    <>
      <Table titles={titles} labelled_by="nodes-title">
        {seen.nodes.map((node) => (
          <NodeRow key={node.number} node={node} />
        ))}
      </Table>
      {seen.free_slots !== null && seen.free_slots > 0 && <p class="hint">{text.free_slots(seen.free_slots)}</p>}
    </>
  );
}

function NodeRow({ node }: { node: Node }) {
  const { number, is_asked, host, pid, version, state, started_date, slots, has_people, lag_ms, sessions } = node;
  return (
    <tr>
      <th scope="row">{number}</th>
      <td title={text.process(pid, shortTime(started_date))}>
        <bdi>{host}</bdi> {is_asked && <span class="tag">{text.asked}</span>}
      </td>
      <td>{version}</td>
      <td>{state === "serving" ? text.states[state] : <span class="tag bad">{text.states[state]}</span>}</td>
      <td>
        {unless(slots, numberOf)}
        {has_people && <span class="hint">{text.people}</span>}
      </td>
      <td>{unless(sessions, numberOf)}</td>
      <td>{unless(lag_ms, durationOf)}</td>
    </tr>
  );
}
