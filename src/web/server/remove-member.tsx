// Sending somebody away, or banning them, with the reason that the audit log keeps.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { words } from "../words.ts";

export interface RemoveMemberProps {
  server_id: number;
  user_id: number;
  name: string;
  removing: "kick" | "ban";
  onClose(): void;
}

export function RemoveMember({ server_id, user_id, name, removing, onClose }: RemoveMemberProps) {
  const submit = useSubmit(async ({ reason = "" }) => {
    const type = removing === "kick" ? "remove_member" : "ban_member";
    await client.value?.ask(type, { server_id, user_id, ...(reason && { reason }) });
    say((removing === "kick" ? words.server.members.kicked : words.server.members.banned)(name));
    onClose();
  });
  const action = words.server.members[removing];
  return (
    <Dialog title={`${action}: ${name}`} onClose={onClose}>
      <Form action={action} fields={["reason"]} {...submit}>
        <Field
          name="reason"
          label={words.server.members.reason}
          hint={words.server.members.reason_hint}
          maxLength={500}
          autoFocus
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
