// Who did what in the server, newest first, with what stood before and after.

import { Empty } from "../parts/empty.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { client } from "../state/cache.ts";
import { nameOf } from "../state/people.ts";
import { durationOf, shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { allCategories, allChannels, allRoles } from "./places.ts";

const text = words.server.audit;
const AMOUNT = 50;

export function AuditLog({ server_id }: { server_id: number }) {
  const load = (anchor: number) => client.value?.ask("get_audit_log", { server_id, amount: AMOUNT, anchor });
  const { value, error, setValue } = useLoaded(() => load(0), server_id);
  const more = async (anchor: number) => {
    const next = await load(anchor)?.catch(() => null);
    if (next && value) setValue({ ...next, entries: [...value.entries, ...next.entries] });
  };
  const targetOf = (type: string, id: number) => {
    if (/^(bot|member|message)_/.test(type)) return nameOf(id, server_id);
    const named = [...allChannels(server_id), ...allCategories(server_id), ...allRoles(server_id)];
    return named.find((one) => one.id === id)?.name ?? "";
  };
  return (
    <>
      <p class="hint">{text.text}</p>
      <Refused error={error} />
      {value?.entries.length === 0 && <Empty icon="check" title={text.empty} />}
      <ul class="cards lined">
        {value?.entries.map(({ id, type, actor_id, target_id, reason, changes, created_date }) => (
          <li key={id} class="card">
            <span class="who free">
              <span class="plain">
                <strong>
                  <bdi>{nameOf(actor_id, server_id)}</bdi>
                </strong>{" "}
                {text.did[type] ?? type} <bdi>{targetOf(type, target_id)}</bdi>
                {reason && <> — {reason}</>}
              </span>
              <Changes changes={changes} nameOf={(role_id) => targetOf("role", role_id)} />
            </span>
            <time class="hint" dateTime={created_date}>
              {shortTime(created_date)}
            </time>
          </li>
        ))}
      </ul>
      {value?.next_anchor != null && <LoadMore onLoad={() => more(value.next_anchor ?? 0)} />}
    </>
  );
}

const LONGEST = 160;

/** What is a number of something, or a time, as people say it. */
function told(field: string, value: unknown): unknown {
  if (typeof value === "boolean") return value ? text.yes : text.no;
  if (field === "slow_mode_s") return value ? durationOf(Number(value)) : null;
  if (field === "timed_out_until" && value) return shortTime(new Date(value as string | number).toISOString());
  return value;
}

function shown(value: unknown, nameOf: (role_id: number) => string): string {
  if (typeof value === "string") return value.slice(0, LONGEST);
  if (!Array.isArray(value)) return JSON.stringify(value).slice(0, LONGEST);
  const parts = value.map((one) => (typeof one === "number" ? nameOf(one) : shown(one, nameOf)));
  return parts.join(", ").slice(0, LONGEST);
}
/** What says nothing by itself isn't shown. */
const says = (value: unknown): boolean =>
  value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

interface ChangesProps {
  changes: Readonly<Record<string, { before?: unknown; after?: unknown }>>;
  nameOf(role_id: number): string;
}

/** What is only a number to people is left out. */
const Changes = ({ changes, nameOf }: ChangesProps) => (
  <>
    {Object.entries(changes).map(([field, { before = null, after = null }]) => (
      <Changed key={field} field={field} before={told(field, before)} after={told(field, after)} nameOf={nameOf} />
    ))}
  </>
);

interface ChangedProps extends Pick<ChangesProps, "nameOf"> {
  field: string;
  before: unknown;
  after: unknown;
}

function Changed({ field, before, after, nameOf }: ChangedProps) {
  if (/_ids?$/.test(field) || !(says(before) || says(after))) return null;
  return (
    <span>
      {text.fields[field] ?? field}: {says(before) && <del>{shown(before, nameOf)}</del>}{" "}
      {says(after) && <ins>{shown(after, nameOf)}</ins>}
    </span>
  );
}
