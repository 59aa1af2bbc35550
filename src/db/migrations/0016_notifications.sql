CREATE TABLE `notification_settings` (
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`target_id` integer NOT NULL,
	`level` text,
	`muted_until` integer,
	`seq` integer NOT NULL,
	PRIMARY KEY(`user_id`, `kind`, `target_id`)
);
--> statement-breakpoint
CREATE INDEX `notification_settings_user_id_seq` ON `notification_settings` (`user_id`,`seq`);--> statement-breakpoint
CREATE INDEX `notification_settings_seq` ON `notification_settings` (`seq`);