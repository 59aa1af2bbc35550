// What may be set while the server runs.

import { limits } from "../../domain/limits.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

const Setting = Type.Object({ name: Type.String(), value: Type.String(), fixed: Type.Boolean(), doc: Type.String() });

export const settingsList = defineOperation({
  name: "settings.list",
  command: "settings list",
  http: { method: "GET", path: "/admin/settings" },
  doc: "Lists what may be set while the server runs. What an environment variable says is fixed.",
  input: Type.Object({}),
  output: Type.Object({ settings: Type.Array(Setting) }),
  errors: [],
  changes: false,
});

export const settingsSet = defineOperation({
  name: "settings.set",
  command: "settings set NAME VALUE",
  http: { method: "POST", path: "/admin/settings" },
  doc: "Sets one of them, at once and for good. An empty value takes back what was set.",
  input: Type.Object({
    name: Type.String({ maxLength: 64 }),
    value: Type.String({ maxLength: limits.image_url_length }),
  }),
  output: Type.Object({ setting: Setting }),
  errors: ["not_found", "conflict"],
  changes: true,
});

export const settings_operations = [settingsList, settingsSet] as const;
