// How others see one.

import { useState } from "preact/hooks";
import { Field, Form, TextArea, useSubmit } from "../parts/form.tsx";
import { PictureField } from "../parts/picture-field.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { client, ready } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";

type Changes = NonNullable<Parameters<NonNullable<typeof client.value>["ask"]>[1]>;

const STATUSES = ["online", "idle", "dnd", "invisible"] as const;
type Status = (typeof STATUSES)[number];
const text = words.settings.profile;
const DMS = (["everyone", "servers", "friends"] as const).map((choice) => [choice, text.dms_choices[choice]] as const);

async function update(changes: object): Promise<void> {
  const reply = await client.value?.ask("update_user", { changes } as Changes as { changes: object });
  if (reply && ready.value) ready.value = { ...ready.value, user: { ...ready.value.user, ...reply.user } };
}

export function ProfileSettings() {
  const user = ready.value?.user;
  const [chosen, setChosen] = useState<Status | null>(null);
  const submit = useSubmit(async ({ name = "", bio = "", custom_status = "", status = "online", dms = user?.dms }) => {
    await update({ name, bio: bio.trim() || null, custom_status: custom_status.trim() || null, status, dms });
    say(words.saved);
  });
  if (!user) return null;
  const status = chosen ?? user.status;
  return (
    <>
      <PictureField
        id={user.id}
        name={user.name}
        picture={user.profile_pic}
        onChange={(profile_pic) => update({ profile_pic })}
      />
      <Form action={words.save} fields={["name", "bio", "custom_status"]} {...submit}>
        <Field
          name="name"
          label={words.name}
          defaultValue={user.name}
          autoComplete="username"
          refusal={submit.refusal}
        />
        <Field
          name="custom_status"
          label={text.custom_status}
          hint={text.custom_status_hint}
          defaultValue={user.custom_status ?? ""}
          maxLength={128}
          autoComplete="off"
          refusal={submit.refusal}
        />
        <SelectField<Status>
          name="status"
          label={text.status}
          value={status}
          options={STATUSES.map((one) => [one, words.statuses[one]] as const)}
          onChoose={setChosen}
          {...(status === "invisible" && { hint: text.invisible_hint })}
        />
        <SelectField name="dms" label={text.dms} hint={text.dms_hint} value={user.dms} options={DMS} />
        <TextArea name="bio" label={text.bio} defaultValue={user.bio ?? ""} maxLength={1000} />
      </Form>
    </>
  );
}
