-- What safety refused it for; on a question it says that the question enters no later prompt.
ALTER TABLE messages ADD COLUMN category text;
-- A regenerated answer: one from the prompt cache will not do.
ALTER TABLE turns ADD COLUMN fresh boolean NOT NULL DEFAULT false;
