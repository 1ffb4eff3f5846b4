#!/bin/sh
# A throw-away PostgreSQL cluster for tests, reachable by a Unix socket only.
#
#   tests/postgres.sh start DIR [OWNER]   make and start it in DIR, print the address of an administrator's
#                                         connection; with OWNER, stop it when the process OWNER is gone;
#                                         with PG_FSYNC=off in the environment it does not wait for the disk,
#                                         with PG_ROOM=64m all its tables have so much room
#   tests/postgres.sh fill DIR            leave its tables no room
#   tests/postgres.sh make-room DIR       give them what there was
#   tests/postgres.sh crash DIR           end it at once, as it stands, and start it again
#   tests/postgres.sh pool DIR            start a pooler in transaction mode before it, print the address
#   tests/postgres.sh standby DIR         start a standby of it, without which no commit is answered
#   tests/postgres.sh fail-over DIR       end it at once, for good; the standby takes over, the pooler leads there
#   tests/postgres.sh stop DIR            stop all of them and remove DIR
#
# Exit 3: PostgreSQL is not installed.
set -eu

bin=
for folder in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then bin=$folder; fi
done
if [ -z "$bin" ]; then
    echo "PostgreSQL is not installed: the package is called postgresql" >&2
    exit 3
fi

# Where it was found there may be links to some of its programs only.
bin=$(dirname "$(readlink -f "$bin/pg_ctl")")

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
    else
        "$@"
    fi
}

# With PG_ROOM, on a file system of its own in DIR/room, which goes with the last process that sees it.
confined() {
    room=$1
    shift
    if [ -z "${PG_ROOM:-}" ]; then
        as_owner "$@"
        return
    fi
    mkdir -p "$room"
    mount='mount -t tmpfs -o "size=$PG_ROOM,mode=700$0" tmpfs "$1" && shift && cd / && exec "$@"'
    if [ "$(id -u)" -eq 0 ]; then
        unshare --mount sh -c "$mount" ",uid=$(id -u postgres),gid=$(id -g postgres)" "$room" \
            setpriv --reuid=postgres --regid=postgres --init-groups "$@"
    else
        unshare --user --map-root-user --mount sh -c "$mount" "" "$room" \
            unshare --user --map-user="$(id -u)" --map-group="$(id -g)" "$@"
    fi
}

start() {
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    chmod 700 "$dir"
    if [ "$(id -u)" -eq 0 ]; then chown postgres: "$dir"; fi
    as_owner "$bin/initdb" -D "$dir/data" -U guitu -A trust -E UTF8 --locale=C --no-instructions >&2
    run "$dir"
    if [ -n "${PG_ROOM:-}" ]; then ask "$dir" "CREATE TABLESPACE room LOCATION '$dir/room'"; fi
    if [ -n "${2:-}" ]; then
        # In a session of its own, so that an interrupt from the keyboard does not end the watch as well.
        setsid "$0" watch "$dir" "$2" >/dev/null 2>&1 </dev/null &
    fi
    echo "postgres://guitu@localhost:5432/postgres?host=$dir"
}

run() {
    serve "$1" data 5432
}

serve() {
    confined "$1/room" "$bin/pg_ctl" -D "$1/$2" -l "$1/log" -w -s -o "-c listen_addresses= -c port=$3 \
        -c unix_socket_directories=$1 -c max_connections=300 -c shared_buffers=32MB -c fsync=${PG_FSYNC:-on} \
        -c default_tablespace=${PG_ROOM:+room}" start >&2 </dev/null
}

ask() {
    "$bin/psql" -h "$1" -p 5432 -U guitu -d postgres -q -v ON_ERROR_STOP=1 -c "$2" >&2
}

fill() {
    ask "$1" "CREATE TABLE ballast (filler text) WITH (autovacuum_enabled = off)"
    ask "$1" "ALTER TABLE ballast ALTER filler SET STORAGE PLAIN"
    for rows in 1000000 1; do
        if ask "$1" "INSERT INTO ballast SELECT repeat('x', 2000) FROM generate_series(1, $rows)" 2>/dev/null; then
            echo "there is still room" >&2
            exit 1
        fi
    done
}

standby() {
    dir=$(cd "$1" && pwd)
    as_owner "$bin/pg_basebackup" -h "$dir" -p 5432 -U guitu -D "$dir/standby" -c fast -R >&2
    serve "$dir" standby 5433
    ask "$dir" "ALTER SYSTEM SET synchronous_standby_names = '*'"
    ask "$dir" "SELECT pg_reload_conf()"
}

fail_over() {
    dir=$(cd "$1" && pwd)
    as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w -s stop >&2
    as_owner "$bin/pg_ctl" -D "$dir/standby" -w -s promote >&2
    sed -i 's/port=5432/port=5433/' "$dir/pgbouncer.ini"
    kill -HUP "$(cat "$dir/pgbouncer.pid")"
}

crash() {
    dir=$(cd "$1" && pwd)
    as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w -s stop >&2
    run "$dir"
}

# Few server connections, so that transactions of many clients take turns on each.
pool() {
    dir=$(cd "$1" && pwd)
    echo '"guitu" ""' >"$dir/users"
    cat >"$dir/pgbouncer.ini" <<EOF
[databases]
* = host=$dir port=5432
[pgbouncer]
listen_addr =
unix_socket_dir = $dir
listen_port = 6432
pool_mode = transaction
default_pool_size = 4
server_idle_timeout = 5
max_client_conn = 400
auth_type = trust
auth_file = $dir/users
pidfile = $dir/pgbouncer.pid
logfile = $dir/pgbouncer.log
EOF
    if [ "$(id -u)" -eq 0 ]; then chown postgres: "$dir/users" "$dir/pgbouncer.ini"; fi
    PATH="$PATH:/usr/sbin" as_owner pgbouncer -q -d "$dir/pgbouncer.ini" >&2 </dev/null
    echo "postgres://guitu@localhost:6432/postgres?host=$dir"
}

stop() {
    if [ -f "$1/pgbouncer.pid" ]; then kill "$(cat "$1/pgbouncer.pid")" || true; fi
    for data in data standby; do
        if [ -f "$1/$data/postmaster.pid" ]; then as_owner "$bin/pg_ctl" -D "$1/$data" -m immediate -w -s stop || true; fi
    done
    rm -rf "$1"
}

case "${1:-}" in
    start) start "$2" "${3:-}" ;;
    crash) crash "$2" ;;
    pool) pool "$2" ;;
    standby) standby "$2" ;;
    fail-over) fail_over "$2" ;;
    fill) fill "$(cd "$2" && pwd)" ;;
    make-room) ask "$(cd "$2" && pwd)" "DROP TABLE ballast" ;;
    stop) stop "$2" ;;
    watch) tail --pid="$3" -f /dev/null; stop "$2" ;;
    *) echo "usage: $0 start DIR [OWNER] | fill DIR | make-room DIR | crash DIR | pool DIR | standby DIR | fail-over DIR | stop DIR" >&2; exit 2 ;;
esac
