-- The registered upstream that made the object; null for the provider of the environment.
alter table provider_objects add column upstream text;
