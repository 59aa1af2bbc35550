// Having somebody say nothing for a while, or ending that before it is over.

import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { client } from "../state/cache.ts";
import { say } from "../state/notices.ts";
import { timedOutUntil } from "../state/rights.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const text = words.server.members;

interface TimeOutProps {
  server_id: number;
  user_id: number;
  name: string;
  onClose(): void;
}

export function TimeOut({ server_id, user_id, name, onClose }: TimeOutProps) {
  const until = timedOutUntil(server_id, user_id);
  const submit = useSubmit(async ({ duration = "0", reason = "" }) => {
    const timed_out_until = until ? null : new Date(Date.now() + Number(duration)).toISOString();
    const why = reason ? { reason } : {};
    await client.value?.ask("update_member", { server_id, user_id, changes: { timed_out_until }, ...why });
    say((until ? text.heard_again : text.timed_out)(name));
    onClose();
  });
  const action = until ? text.end_time_out : text.time_out;
  return (
    <Dialog title={`${action}: ${name}`} onClose={onClose}>
      <Form action={action} fields={["reason"]} {...submit}>
        {until ? (
          <p>{text.timed_out_until(shortTime(until))}</p>
        ) : (
          <>
            <p class="hint">{text.time_out_text}</p>
            <SelectField<number>
              name="duration"
              label={text.how_long}
              value={text.time_outs[1]?.[0] ?? 0}
              options={text.time_outs}
            />
          </>
        )}
        <Field
          name="reason"
          label={text.reason}
          hint={text.reason_hint}
          maxLength={500}
          autoComplete="off"
          refusal={submit.refusal}
        />
      </Form>
    </Dialog>
  );
}
