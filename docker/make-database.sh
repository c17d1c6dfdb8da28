#!/usr/bin/env bash
# Run once by the PostGIS image, when its volume is empty: a role of Canopy's own, which owns
# one database and nothing else, and the extension, which only a superuser may install.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname=postgres \
  --set=password="$CANOPY_DB_PASSWORD" <<'SQL'
CREATE ROLE canopy LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE canopy OWNER canopy;
REVOKE CONNECT ON DATABASE canopy FROM PUBLIC;
\connect canopy
CREATE EXTENSION postgis;
SQL
