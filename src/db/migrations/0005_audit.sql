CREATE TABLE `audit_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`server_id` integer NOT NULL,
	`type` text NOT NULL,
	`actor_id` integer NOT NULL,
	`target_id` integer NOT NULL,
	`place_id` integer,
	`reason` text,
	`changes` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_server_id` ON `audit_entries` (`server_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_type` ON `audit_entries` (`server_id`,`type`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor_id` ON `audit_entries` (`server_id`,`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_target_id` ON `audit_entries` (`server_id`,`target_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_created_at` ON `audit_entries` (`created_at`);--> statement-breakpoint
DROP INDEX `invites_server_id`;--> statement-breakpoint
CREATE INDEX `invites_server_id` ON `invites` (`server_id`,`creator_id`);