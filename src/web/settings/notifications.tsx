// Whether this browser tells of what is said while nobody looks, and how much it shows of it.

import { useState } from "preact/hooks";
import { choosePreviews, previews, telling, turnOff, turnOn } from "../away/telling.ts";
import { url } from "../state/account.ts";
import { client } from "../state/cache.ts";
import { attempt } from "../state/notices.ts";
import { words } from "../words.ts";

const text = words.settings.notifications;
const account = () => ({ url, token: client.value?.token ?? "" });

export function NotificationSettings() {
  /** What was chosen and is on its way. */
  const [chosen, setChosen] = useState<boolean | null>(null);
  const stands = telling.value;
  const can_choose = (stands === "on" || stands === "off") && chosen === null;
  const choose = async (is_on: boolean) => {
    setChosen(is_on);
    await attempt(is_on ? turnOn(account()) : turnOff(account()));
    setChosen(null);
  };
  return (
    <section class="part">
      <h2>{text.here}</h2>
      <p>{text.text}</p>
      {stands === "unsupported" && <p class="hint">{text.unsupported}</p>}
      {stands === "denied" && <p class="hint">{text.denied}</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={chosen ?? stands === "on"}
          disabled={!can_choose}
          onChange={({ currentTarget: { checked } }) => void choose(checked)}
        />
        {text.tell}
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={previews.value}
          disabled={!can_choose}
          onChange={({ currentTarget: { checked } }) => void attempt(choosePreviews(checked, account()))}
        />
        {text.previews}
      </label>
    </section>
  );
}
