-- What administrators say of clusters while servers run: by name, for those of parley.yaml have no row of their own.
CREATE TABLE cluster_steering (
  name       text PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('enabled', 'draining', 'disabled')),
  weight     real NOT NULL CHECK (weight > 0 AND weight <= 10),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
ALTER TABLE clusters DROP COLUMN state, DROP COLUMN weight;
