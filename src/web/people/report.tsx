// Saying that a message or a person is not as it should be, to who sees to such things.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";

export type Reported = { message_id: number } | { user_id: number };

export function ReportDialog({ reported, onClose }: { reported: Reported; onClose(): void }) {
  const submit = useSubmit(async ({ reason = "" }) => {
    await client.value?.ask("report", { ...reported, reason });
    say(words.people.reported);
    onClose();
  });
  const is_person = "user_id" in reported;
  return (
    <Dialog title={is_person ? words.people.report_person : words.people.report_message} onClose={onClose}>
      <Form action={words.people.report} fields={["reason"]} is_danger {...submit}>
        <p>{words.people.report_text}</p>
        <Field
          name="reason"
          label={words.people.report_reason}
          maxLength={500}
          autoFocus
          autoComplete="off"
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
