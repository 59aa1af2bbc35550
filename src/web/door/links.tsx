// What the links do that a server gives out: set a password, make the first administrator, confirm an e-mail address.
// Their tokens stand behind a #, which no server is told.

import { useEffect, useState } from "preact/hooks";
import { callHttp, type RequestError } from "../../client/index.ts";
import { NewAccountFields, NewPassword } from "../parts/account-fields.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { logIn, url } from "../state/account.ts";
import { go } from "../state/places.ts";
import { words } from "../words.ts";
import { DoorPage } from "./door-page.tsx";

const BackToLogIn = () => (
  <p>
    <a href="/login">{words.door.to_log_in}</a>
  </p>
);

export function ResetPassword({ token }: { token: string }) {
  const [is_done, setDone] = useState(false);
  const submit = useSubmit(async ({ password = "" }) => {
    await callHttp("reset_password", { url, body: { token, password } });
    setDone(true);
  });
  return (
    <DoorPage title={words.door.new_password} text={is_done ? words.door.password_set : words.door.new_password_text}>
      {!is_done && (
        <div class="sheet">
          <Form action={words.door.set_password} fields={["password"]} is_wide {...submit}>
            <NewPassword name="password" label={words.password} autoFocus refusal={submit.refusal} />
          </Form>
        </div>
      )}
      <BackToLogIn />
    </DoorPage>
  );
}

export function Forgot() {
  const [is_done, setDone] = useState(false);
  const submit = useSubmit(async ({ name_or_email = "" }) => {
    await callHttp("forgot", { url, body: { name_or_email } });
    setDone(true);
  });
  return (
    <DoorPage title={words.door.forgot} text={is_done ? words.door.forgot_done : words.door.forgot_text}>
      {!is_done && (
        <div class="sheet">
          <Form action={words.door.send_link} fields={["name_or_email"]} is_wide {...submit}>
            <Field
              name="name_or_email"
              label={words.door.name_or_email}
              autoComplete="username"
              autoCapitalize="none"
              autoFocus
              refusal={submit.refusal}
            />
          </Form>
        </div>
      )}
      <BackToLogIn />
    </DoorPage>
  );
}

export function SetUp({ token }: { token: string }) {
  const submit = useSubmit(async ({ username = "", password = "" }) => {
    await callHttp("setup", { url, body: { token, username, password } });
    await logIn(username, password);
    go("/admin", { replace: true });
  });
  return (
    <DoorPage title={words.door.set_up} text={words.door.set_up_text}>
      <div class="sheet">
        <Form action={words.door.create_account} fields={["username", "password"]} is_wide {...submit}>
          <NewAccountFields refusal={submit.refusal} />
        </Form>
      </div>
    </DoorPage>
  );
}

export function ConfirmEmail({ token }: { token: string }) {
  const [outcome, setOutcome] = useState<RequestError | "done" | null>(null);
  useEffect(() => {
    callHttp("confirm_email", { url, body: { token } }).then(() => setOutcome("done"), setOutcome);
  }, [token]);
  return (
    <DoorPage title={words.door.email_title}>
      {outcome === "done" && (
        <p class="done" role="status">
          {words.door.email_done}
        </p>
      )}
      {outcome !== null && outcome !== "done" && (
        <p class="alert" role="alert">
          {outcome.message}
        </p>
      )}
      <p>
        <a href="/">{words.door.go_on}</a>
      </p>
    </DoorPage>
  );
}
