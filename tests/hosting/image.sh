#!/usr/bin/env bash
# Try a built image's file tree as a container would: numbered user, read-only file system, a mounted cache, the image's own command.
#   tests/hosting/image.sh ROOT [PORT]      ROOT: the image's files, for instance of `buildah mount` or an unpacked `docker export`
# Needs root. Prints the size, then "yes" or "NO" for each promise.
set -euo pipefail
root=$1 port=${2:-5906} failed=0
say() { if [ "$2" = 1 ]; then echo "$1: yes"; else echo "$1: NO"; failed=1; fi; }

echo "size: $(du -sm "$root" | cut -f1) MB, of which dependencies $(du -sm "$root/opt/venv" | cut -f1) MB"
work=$(mktemp -d); mkdir "$work/root" "$work/cache"; chown 10001:10001 "$work/cache"
export root port work
unshare --mount --pid --fork --mount-proc bash -euo pipefail -c '
  mount --bind "$root" "$work/root"; mount -o remount,ro,bind "$work/root"
  mount -t tmpfs tmpfs "$work/root/dev"; mkdir "$work/root/dev/shm"; chmod 1777 "$work/root/dev/shm"
  for device in null zero random urandom; do touch "$work/root/dev/$device"; mount --bind "/dev/$device" "$work/root/dev/$device"; done
  mount --bind "$work/cache" "$work/root/var/cache/gliascope"
  mount -t proc proc "$work/root/proc"
  exec chroot --userspec=10001:10001 "$work/root" /usr/bin/env -i PATH=/opt/venv/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 TMPDIR=/dev/shm HOME=/var/cache/gliascope GLIASCOPE_ADDRESS=127.0.0.1 GLIASCOPE_PORT="$port" \
    GLIASCOPE_CACHE=/var/cache/gliascope bash -c "cd /srv/gliascope && exec python3 -m app --no-browser"
' >"$work/log" 2>&1 &
shell=$!
trap 'kill -KILL $shell 2>/dev/null || true' EXIT
for _ in $(seq 120); do curl -fs "http://127.0.0.1:$port/healthz" >/dev/null && break; sleep 0.5; done
say "answers" "$(curl -fs "http://127.0.0.1:$port/healthz" | grep -c ok)"
say "the pool answers" "$(curl -fs -m 30 "http://127.0.0.1:$port/readyz" | grep -c ready)"
say "health check" "$(cd "$(dirname "$0")/../.." && GLIASCOPE_PORT=$port python3 -m app.health && echo 1 || echo 0)"
server=$(pgrep -f "python3 -m app --no-browser" -P "$(pgrep -P $shell | head -1)" || pgrep -P $shell | head -1)
say "not root" "$(ps -o uid= -p "$server" | grep -c 10001 || true)"
began=$(date +%s%N); kill -TERM "$server"
for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
took=$(( ($(date +%s%N) - began) / 1000000 ))
echo "stopped after $took ms"; say "stopped within 5 s" "$([ $took -le 5000 ] && echo 1 || echo 0)"
tail -3 "$work/log"
exit $failed
