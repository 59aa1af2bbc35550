// The account itself: its e-mail address, its password, and its end.

import { useEffect, useState } from "preact/hooks";
import { callHttp } from "../../client/index.ts";
import { CurrentPassword, NewPassword } from "../parts/account-fields.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { changePassword, logOut, url } from "../state/account.ts";
import { client } from "../state/cache.ts";
import { instance } from "../state/instance.ts";
import { attempt, say } from "../state/notices.ts";
import { words } from "../words.ts";

const text = words.settings.account;
const withToken = () => ({ url, token: client.value?.token ?? "" });

export const AccountSettings = () => (
  <>
    <Email />
    <Password />
    <Export />
    <Deletion />
  </>
);

interface Known {
  email: string | null;
  email_confirmed: boolean;
}

function Email() {
  const [known, setKnown] = useState<Known | null>(null);
  const [times, setTimes] = useState(0);
  const { sends_mail } = instance.value;
  useEffect(() => {
    callHttp("profile", withToken()).then(setKnown, () => {});
  }, [times]);
  const submit = useSubmit(async ({ email = "", password = "" }) => {
    await callHttp("set_email", { ...withToken(), body: { email, password } });
    say(text.email_sent);
    setTimes(times + 1);
  });
  return (
    <section class="part" key={times}>
      <h2>{text.email}</h2>
      {known?.email && (
        <p>
          {known.email}
          {!known.email_confirmed && <span class="hint"> ({text.unconfirmed})</span>}
        </p>
      )}
      {known && !known.email && sends_mail && <p class="hint">{text.no_email}</p>}
      {!sends_mail && <p class="hint">{text.no_mail}</p>}
      {sends_mail && (
        <Form action={text.set_email} fields={["email", "password"]} {...submit}>
          <Field name="email" label={text.new_email} type="email" autoComplete="email" refusal={submit.refusal} />
          <CurrentPassword label={text.password} refusal={submit.refusal} />
        </Form>
      )}
    </section>
  );
}

function Password() {
  const [times, setTimes] = useState(0);
  const submit = useSubmit(async ({ password = "", new_password = "" }) => {
    await changePassword(password, new_password);
    say(text.password_changed);
    setTimes(times + 1);
  });
  return (
    <section class="part" key={times}>
      <h2>{text.password_title}</h2>
      <Form action={text.change_password} fields={["password", "new_password"]} {...submit}>
        <CurrentPassword label={text.password} refusal={submit.refusal} />
        <NewPassword name="new_password" label={text.new_password} refusal={submit.refusal} />
      </Form>
    </section>
  );
}

/** The token stands in a header, so that the browser can't load it by itself. */
async function saveExport(): Promise<void> {
  const answer = await fetch("/api/v1/user/export", { headers: { authorization: `Bearer ${withToken().token}` } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.message ?? answer.statusText);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = text.export_file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

function Export() {
  const [is_busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    await attempt(saveExport());
    setBusy(false);
  };
  return (
    <section class="part">
      <h2>{text.export_title}</h2>
      <p>{text.export_text}</p>
      <div>
        <button type="button" class="button" disabled={is_busy} onClick={() => void save()}>
          {text.export}
        </button>
      </div>
    </section>
  );
}

function Deletion() {
  const submit = useSubmit(async ({ password = "" }) => {
    await callHttp("delete_user", { ...withToken(), body: { password } });
    await logOut();
  });
  return (
    <section class="part danger">
      <h2>{text.delete_title}</h2>
      <p>{text.delete_text}</p>
      <Form action={text.delete} fields={["password"]} is_danger {...submit}>
        <CurrentPassword label={text.delete_password} refusal={submit.refusal} />
      </Form>
    </section>
  );
}
