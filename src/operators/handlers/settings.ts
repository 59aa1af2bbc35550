// What the operations on settings do.

import { instance_settings, type SettingName, setting_names } from "../../domain/instance-settings.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { Input, OperationHandlers, Output } from "../catalogue.ts";
import { known } from "../known.ts";
import type { Operator } from "../operation.ts";
import { missing } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";

export function settingsHandlers(on: OperatorServices): OperationHandlers<"settings.list" | "settings.set"> {
  return {
    "settings.list": async () => success({ settings: setting_names.map((name) => shown(on, name)) }),
    "settings.set": (input, by) => set(on, input, by),
  };
}

function shown({ settings }: OperatorServices, name: SettingName) {
  return { name, value: settings.text(name), fixed: settings.isFixed(name), doc: instance_settings[name].doc };
}

/** One that new accounts would come into and that isn't there. */
async function missingServer({ store }: OperatorServices, name: SettingName, value: string): Promise<number | null> {
  if (name !== "default_servers") return null;
  const wanted = instance_settings.default_servers.read(value);
  const there = new Set((await store.rooms.serversOf("server", wanted)).map(({ id }) => id));
  return wanted.find((id) => !there.has(id)) ?? null;
}

async function set(
  on: OperatorServices,
  { name: given, value }: Input<"settings.set">,
  by: Operator,
): Promise<Outcome<Output<"settings.set">>> {
  const { settings } = on;
  const name = setting_names.find((one) => one === given);
  if (!name) return missing("setting", JSON.stringify(given));
  if (settings.isFixed(name)) return failure("conflict", `An environment variable says what '${name}' is.`);
  const fault = value === "" ? null : instance_settings[name].fault(value);
  if (fault !== null) return failure("bad_request", `'${name}' ${fault}.`, { path: "value" });
  const gone = await missingServer(on, name, value);
  if (gone !== null) return missing("server", gone);
  let standing = await settings.read(name);
  const details = () => ({ name, before: standing.text, value });
  const outcome = await carryOut<string, Output<"settings.set">>(
    on,
    { type: "settings.set", by, user_id: null, details },
    {
      write: () => settings.replace(name, standing.stored, value),
      answer() {
        settings.took(name, value);
        return success({ setting: shown(on, name) });
      },
    },
    async () => {
      standing = await settings.read(name);
      return null;
    },
  );
  if (outcome.ok) await known(on);
  return outcome;
}
