#!/usr/bin/env bash
# Brings a machine to where `make run` (or, with "test", `make test`) works, and does nothing when it is there already.
#
#   deploy/bootstrap.sh run|demo|test
#
# System packages are installed where that is allowed (root, apt); else one line says what to install. Python packages come
# from the hash-checked lock into .venv; front-end packages from package-lock.json.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
purpose=${1:-run}
case $purpose in run | demo) lock=requirements.lock ;; test) lock=requirements-dev.lock ;; *) sed -n '2,5p' "$0" >&2; exit 2 ;; esac

say() { printf 'mediacenter: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if has "$name" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"; return
    fi
  done
}

# --- System packages ------------------------------------------------------------------------------------------------------
missing=()
need() { missing+=("$1"); }

python=$(find_python || true)
if [ -z "$python" ]; then need python3 && need python3-venv
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then need python3-venv; fi
has ffmpeg && has ffprobe || need ffmpeg
[ "$purpose" != demo ] || has espeak-ng || need espeak-ng
fonts=/usr/share/fonts
if [ "$purpose" = test ]; then
  has chromium || has chromium-browser || has google-chrome || need chromium
  has nginx || need nginx-light
  has exiftool || need libimage-exiftool-perl
  has espeak-ng || need espeak-ng
  has curl || need curl  # the commands of docs/api.md are run
  has jq || need jq
  [ -e $fonts/truetype/noto/NotoSans-Regular.ttf ] || need fonts-noto-core
  ls $fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || need fonts-noto-cjk
  compgen -G '/usr/lib*/libatomic.so.1' >/dev/null || compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null \
    || need libatomic1  # the browser driver's Node needs it
elif [ "$(id -u)" = 0 ] && [ ! -e $fonts/truetype/noto/NotoSans-Regular.ttf ]; then
  need fonts-noto-core  # letters of SVG infographics; without fonts it still runs, and `mediacenter doctor` says so
fi

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    say "installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 \
      || { tail -n 5 "$log" >&2; fail "these packages could not be installed: apt-get install ${missing[*]}"; }
    rm -f "$log"
    python=$(find_python || true)
  else
    fail "please have an administrator install what is missing: apt-get install ${missing[*]}"
  fi
fi
[ -n "$python" ] || fail "Python 3.11 or later is needed (found: $(python3 --version 2>&1 || echo none)); set PYTHON to it"
[ "$purpose" != demo ] || purpose=run  # from here on the same

# --- Python packages ------------------------------------------------------------------------------------------------------
venv=.venv
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ -e $venv ] && ! $venv/bin/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
  say "$venv belongs to another Python; making it anew"
  rm -rf $venv
fi
if ! [ -x $venv/bin/pip ]; then  # none yet, or one that was interrupted half-made
  rm -rf $venv
  "$python" -m venv $venv
fi

wanted=$(cat $lock deploy/bootstrap.sh | sha256sum | cut -d' ' -f1)
stamp=$venv/.installed-$purpose
if [ "$(cat $stamp 2>/dev/null)" != "$wanted" ]; then
  say "installing Python packages from $lock ..."
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --require-hashes -r $lock
  site=$($venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  printf '%s\n' "$PWD" >"$site/mediacenter-project.pth"
  printf '#!%s\nimport sys\n\nfrom mediacenter.cli import main\n\nsys.exit(main())\n' "$PWD/$venv/bin/python" >$venv/bin/mediacenter
  chmod 755 $venv/bin/mediacenter
  printf '%s\n' "$wanted" >$stamp
fi

# --- Front end and what the tests need ------------------------------------------------------------------------------------
if [ "$purpose" = test ]; then
  $venv/bin/python -m mediacenter.assets_build --development
  tests/s3/build.sh
else
  $venv/bin/python -m mediacenter.assets_build
fi
