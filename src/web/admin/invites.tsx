// Invites to make an account, for where only the invited may.

import { useState } from "preact/hooks";
import { copy } from "../parts/copy-field.tsx";
import { Empty } from "../parts/empty.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { attempt } from "../state/notices.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { Act } from "./act.tsx";

const text = words.admin.invites;

interface Invite {
  code: string;
  url: string;
  expires_date: string | null;
  uses: number;
  max_uses: number | null;
}

const numberIn = (value: string | undefined) => (value ? Number(value) : undefined);

export function AdminInvites() {
  const [is_adding, setAdding] = useState(false);
  const { value, error, reload } = useLoaded(() => callAdmin<{ invites: Invite[] }>("GET", "/admin/invites"));
  const end = async (code: string) => {
    if (await attempt(callAdmin("DELETE", `/admin/invites/${encodeURIComponent(code)}`))) reload();
  };
  return (
    <>
      <div>
        <button type="button" class="button go" onClick={() => setAdding(true)}>
          {text.add}
        </button>
      </div>
      <Refused error={error} />
      {value?.invites.length === 0 && <Empty icon="link" title={text.none} text={text.none_text} />}
      <ul class="cards lined">
        {value?.invites.map(({ code, url, uses, max_uses, expires_date }) => (
          <li key={code} class="card">
            <span class="who">
              <strong class="code">{code}</strong>
              <span>
                {[text.used(uses, max_uses), expires_date && text.until(shortTime(expires_date))]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            <button type="button" class="button small" onClick={() => void copy(new URL(url, location.origin).href)}>
              {text.copy}
            </button>
            <button type="button" class="button small danger" onClick={() => void end(code)}>
              {text.delete}
            </button>
          </li>
        ))}
      </ul>
      {is_adding && (
        <Act
          title={text.add}
          action={text.add}
          fields={[
            { name: "uses", label: text.uses, type: "number" },
            { name: "days", label: text.days, type: "number" },
          ]}
          run={async ({ uses, days }) => {
            await callAdmin("POST", "/admin/invites", { uses: numberIn(uses), days: numberIn(days) });
            reload();
            setAdding(false);
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  );
}
