#!/usr/bin/env bash
# Try a built image's file tree as a container would: numbered user, read-only file system, a mounted cache, the image's own command,
# first with one server process and then with two.
#   tests/hosting/image.sh ROOT [PORT]      ROOT: the image's files, for instance of `buildah mount` or an unpacked `docker export`
# Needs root. Prints the size, then "yes" or "NO" for each promise.
set -euo pipefail
root=$1 port=${2:-5906} failed=0
say() { if [ "$2" = 1 ]; then echo "$1: yes"; else echo "$1: NO"; failed=1; fi; }
holds() { if "$@" >/dev/null 2>&1; then echo 1; else echo 0; fi; }
url=http://127.0.0.1:$port
lines() { curl -fs -m 30 "$url/$1" | grep -c "$2" || true; }

echo "size: $(du -sm "$root" | cut -f1) MB, of which dependencies $(du -sm "$root/opt/venv" | cut -f1) MB"
work=$(mktemp -d); mkdir "$work/root" "$work/cache"; chown 10001:10001 "$work/cache"
export root port work processes
for processes in 1 2; do
  echo "with $processes server process(es)"; began=$(date +%s%N)
  unshare --mount --pid --fork --mount-proc bash -euo pipefail -c '
    mount --bind "$root" "$work/root"; mount -o remount,ro,bind "$work/root"
    mount -t tmpfs tmpfs "$work/root/dev"; mkdir "$work/root/dev/shm"; chmod 1777 "$work/root/dev/shm"
    for device in null zero random urandom; do touch "$work/root/dev/$device"; mount --bind "/dev/$device" "$work/root/dev/$device"; done
    mount --bind "$work/cache" "$work/root/var/cache/gliascope"
    mount -t proc proc "$work/root/proc"
    exec chroot --userspec=10001:10001 "$work/root" /usr/bin/env -i PATH=/opt/venv/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \
      PYTHONUNBUFFERED=1 TMPDIR=/dev/shm HOME=/var/cache/gliascope GLIASCOPE_ADDRESS=127.0.0.1 GLIASCOPE_PORT="$port" \
      GLIASCOPE_CACHE=/var/cache/gliascope GLIASCOPE_PROCESSES="$processes" bash -c "cd /srv/gliascope && exec python3 -m app --no-browser"
  ' >"$work/log" 2>&1 &
  shell=$!
  trap 'kill -KILL $shell 2>/dev/null || true' EXIT
  for _ in $(seq 120); do curl -fs "$url/healthz" >/dev/null && break; sleep 0.5; done
  echo "answered after $(( ($(date +%s%N) - began) / 1000000 )) ms"
  say "answers" "$(lines healthz ok)"
  say "the pool answers" "$(lines readyz ready)"
  say "a page is sent" "$(lines "" "<title>Gliascope")"
  # The image's own health check, on the line that a container shares with itself.
  say "health check" "$(holds chroot --userspec=10001:10001 "$root" /usr/bin/env -i PATH=/opt/venv/bin:/usr/bin:/bin GLIASCOPE_PORT="$port" \
    sh -c "cd /srv/gliascope && python3 -m app.health")"
  server=$(pgrep -P $shell | head -1)
  say "not root" "$(ps -o uid= -p "$server" | grep -c 10001 || true)"
  if [ "$processes" = 2 ]; then say "two of them" "$(( $(pgrep -c -P "$server" -f -- "-m app" || true) == 2 ))"; fi
  began=$(date +%s%N); kill -TERM "$server"
  for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || break; sleep 0.1; done
  took=$(( ($(date +%s%N) - began) / 1000000 ))
  echo "stopped after $took ms"; say "stopped within 5 s" "$([ $took -le 5000 ] && echo 1 || echo 0)"
  wait $shell || true
  tail -3 "$work/log"
done
exit $failed
