// What people reported, with the evidence as it was then.

import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { LoadMore } from "../parts/load-more.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { attempt } from "../state/notices.ts";
import { nameOf } from "../state/people.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.admin.reports;
const AMOUNT = 50;

interface Report {
  id: number;
  reporter_id: number;
  user_id: number;
  message_id: number | null;
  reason: string;
  created_date: string;
  closed_date: string | null;
}

interface Page {
  reports: Report[];
  has_more: boolean;
}

interface Evidence {
  report: Report;
  person: { name: string; bio: string | null; custom_status: string | null } | null;
  messages: { id: number; author_id: number; content: string; created_date: string }[];
}

export function Reports() {
  const [with_closed, setWithClosed] = useState(false);
  const [open, setOpen] = useState<number | null>(null);
  const load = (anchor: number) =>
    callAdmin<Page>("GET", "/admin/reports", { amount: AMOUNT, anchor, closed: with_closed ? "true" : undefined });
  const { value, error, setValue, reload } = useLoaded(() => load(0), with_closed);
  const more = async () => {
    const next = await load(value?.reports.at(-1)?.id ?? 0).catch(() => null);
    if (next && value) setValue({ ...next, reports: [...value.reports, ...next.reports] });
  };
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={with_closed}
          onChange={({ currentTarget }) => setWithClosed(currentTarget.checked)}
        />
        {text.closed}
      </label>
      <Refused error={error} />
      {value?.reports.length === 0 && <Empty icon="flag" title={text.none} text={text.none_text} />}
      <ul class="cards lined">
        {value?.reports.map(({ id, user_id, reporter_id, reason, created_date, closed_date }) => (
          <li key={id} class="card">
            <span class="who free">
              <strong>{reason}</strong>
              <span>
                {text.about} <bdi>{nameOf(user_id)}</bdi>, {text.by} <bdi>{nameOf(reporter_id)}</bdi>,{" "}
                {shortTime(created_date)}
              </span>
            </span>
            {closed_date && <span class="tag">{text.done}</span>}
            <button type="button" class="button small" onClick={() => setOpen(id)}>
              {text.open}
            </button>
          </li>
        ))}
      </ul>
      {value?.has_more && <LoadMore onLoad={more} />}
      {open !== null && <ReportDialog id={open} onDone={reload} onClose={() => setOpen(null)} />}
    </>
  );
}

function ReportDialog({ id, onDone, onClose }: { id: number; onDone(): void; onClose(): void }) {
  const { value, error } = useLoaded(() => callAdmin<Evidence>("GET", `/admin/reports/${id}`), id);
  const close = async () => {
    if (!(await attempt(callAdmin("POST", `/admin/reports/${id}/close`)))) return;
    onDone();
    onClose();
  };
  return (
    <Dialog title={text.title} onClose={onClose} is_wide>
      <div class="form">
        <Refused error={error} />
        <p>{value?.report.reason}</p>
        <h3 class="over-title">{text.evidence}</h3>
        {value?.person && (
          <p>
            <strong>
              <bdi>{value.person.name}</bdi>
            </strong>{" "}
            {[value.person.custom_status, value.person.bio].filter(Boolean).join(" · ")}
          </p>
        )}
        <ul class="evidence">
          {value?.messages.map(({ id, author_id, content, created_date }) => (
            <li key={id} class={id === value.report.message_id ? "reported" : undefined}>
              <strong>
                <bdi>{nameOf(author_id)}</bdi>
              </strong>{" "}
              <span class="hint">{shortTime(created_date)}</span>
              <p dir="auto">{content}</p>
            </li>
          ))}
        </ul>
        {value && !value.report.closed_date && (
          <div class="row end">
            <button type="button" class="button go" onClick={() => void close()}>
              {text.close}
            </button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
