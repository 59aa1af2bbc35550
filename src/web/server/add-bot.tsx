// One of one's own bots comes into the server: with what everybody may there, or with what is chosen for it.

import { useState } from "preact/hooks";
import { rule_names } from "../../client/index.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Form, useSubmit } from "../parts/form.tsx";
import { Refused } from "../parts/refused.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { loadBots } from "../state/bots.ts";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { ways } from "../state/places.ts";
import { may } from "../state/rights.ts";
import { words } from "../words.ts";
import { allMembers, allRoles } from "./places.ts";

const text = words.server.add_bot;

export function AddBot({ server_id, onClose }: { server_id: number; onClose(): void }) {
  const { value, error } = useLoaded(loadBots);
  const there = new Set(allMembers(server_id).map(({ user_id }) => user_id));
  const bots = value?.filter(({ id }) => !there.has(id)) ?? [];
  return (
    <Dialog title={text.title} onClose={onClose}>
      <Refused error={error} />
      {value && bots.length === 0 && (
        <div class="form">
          <p>{text.none}</p>
          <a class="button go" href={ways.settings("bots")}>
            {text.to_bots}
          </a>
        </div>
      )}
      {bots.length > 0 && <Choice {...{ server_id, bots, onClose }} />}
    </Dialog>
  );
}

interface ChoiceProps {
  server_id: number;
  bots: readonly { id: number; name: string }[];
  onClose(): void;
}

function Choice({ server_id, bots, onClose }: ChoiceProps) {
  const [is_chosen, setChosen] = useState(false);
  const submit = useSubmit(async (values) => {
    const bot_id = Number(values["bot"]);
    const rules = rule_names.filter((rule) => values[rule] === "on");
    await client.value?.ask("add_bot", { server_id, bot_id, ...(is_chosen && { rules }) });
    say(text.added(bots.find(({ id }) => id === bot_id)?.name ?? ""));
    onClose();
  });
  return (
    <Form action={text.add} fields={[]} {...submit}>
      <SelectField<number>
        name="bot"
        label={text.bot}
        value={bots[0]?.id ?? 0}
        options={bots.map(({ id, name }) => [id, name] as const)}
      />
      <SelectField<string>
        label={text.may}
        hint={text.may_hint}
        value={is_chosen ? "chosen" : "everybodys"}
        options={[
          ["everybodys", text.everybodys],
          ["chosen", text.chosen],
        ]}
        onChoose={(choice) => setChosen(choice === "chosen")}
      />
      {is_chosen && <Rules server_id={server_id} />}
    </Form>
  );
}

/** Those that one has oneself, first as everybody has them. */
function Rules({ server_id }: { server_id: number }) {
  const everybodys = allRoles(server_id).find(({ position }) => position === 0)?.rules ?? [];
  return (
    <fieldset class="form">
      <legend class="label">{text.rules}</legend>
      {rule_names
        .filter((rule) => may(rule, server_id))
        .map((rule) => (
          <label key={rule} class="check">
            <input type="checkbox" name={rule} defaultChecked={everybodys.includes(rule)} />
            {words.server.rules[rule][0]}
          </label>
        ))}
    </fieldset>
  );
}
