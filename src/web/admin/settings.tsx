// What may be set while the server runs; what its environment says is fixed.

import { Field, Form, useSubmit } from "../parts/form.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { callAdmin } from "../state/admin.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";

const text = words.admin.settings;

interface Setting {
  name: string;
  value: string;
  fixed: boolean;
  doc: string;
}

export function InstanceSettings() {
  const { value, error, reload } = useLoaded(() => callAdmin<{ settings: Setting[] }>("GET", "/admin/settings"));
  return (
    <>
      <Refused error={error} />
      <ul class="set">
        {value?.settings.map((setting) => (
          <li key={`${setting.name} ${setting.value}`}>
            <OneSetting setting={setting} onDone={reload} />
          </li>
        ))}
      </ul>
    </>
  );
}

function OneSetting({ setting: { name, value, fixed, doc }, onDone }: { setting: Setting; onDone(): void }) {
  const submit = useSubmit(async ({ value = "" }) => {
    await callAdmin("POST", "/admin/settings", { name, value });
    say(text.saved);
    onDone();
  });
  const label = name.replaceAll("_", " ");
  if (fixed) {
    return (
      <p>
        <strong>{label}</strong>: {value} <span class="hint">{text.fixed}</span>
      </p>
    );
  }
  return (
    <Form action={words.save} fields={["value"]} {...submit}>
      <Field name="value" label={label} hint={doc} defaultValue={value} autoComplete="off" refusal={submit.refusal} />
    </Form>
  );
}
