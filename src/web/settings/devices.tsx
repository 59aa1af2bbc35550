// Where one is logged in, and the end of any of these log-ins.

import { useEffect, useState } from "preact/hooks";
import { callHttp } from "../../client/index.ts";
import { url } from "../state/account.ts";
import { client } from "../state/cache.ts";
import { attempt, say } from "../state/notices.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.settings.devices;
const withToken = () => ({ url, token: client.value?.token ?? "" });

type Login = Awaited<ReturnType<typeof callHttp<"logins">>>["logins"][number];

export function DeviceSettings() {
  const [logins, setLogins] = useState<readonly Login[]>([]);
  const load = () => attempt(callHttp("logins", withToken()).then((reply) => setLogins(reply.logins)));
  useEffect(() => void load(), []);
  const end = async (id: number) => {
    if (!(await attempt(callHttp("end_login", { ...withToken(), body: { id } })))) return;
    say(text.ended);
    await load();
  };
  return (
    <>
      <p>{text.text}</p>
      <ul class="cards lined">
        {logins.map(({ id, device, address, used_date, current }) => (
          <li key={id} class="card">
            <span class="who">
              <strong>{deviceOf(device)}</strong>
              <span>{[address, text.used(shortTime(used_date))].filter(Boolean).join(" · ")}</span>
            </span>
            {current ? (
              <span class="tag">{text.current}</span>
            ) : (
              <button type="button" class="button small danger" onClick={() => void end(id)}>
                {text.end}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The server names it in few words already, unless it doesn't know it. */
const deviceOf = (device: string | null) => device?.slice(0, 80) || text.unknown;
