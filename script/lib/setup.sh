# Shared set-up of a machine: sourced by the scripts next to this folder.
# Needs: `set -eu`, the working directory is the root of the project.
# shellcheck shell=sh

# Packages that building the program needs.
build_packages="build-essential cmake ninja-build ccache mold pkg-config
  ca-certificates libcaf-dev libgrpc++-dev protobuf-compiler
  protobuf-compiler-grpc libprotobuf-dev libboost1.81-dev
  libboost-json1.81-dev libsqlite3-dev libcereal-dev libexpected-dev
  libfmt-dev libcli11-dev libxxhash-dev libzstd-dev
  libjemalloc-dev libssl-dev libpqxx-dev libpq-dev libhiredis-dev
  zlib1g-dev prometheus-cpp-dev"

# Packages that tests, benches, fuzzing and checks need on top.
test_packages="git python3 libgtest-dev libgmock-dev librapidcheck-dev
  libbenchmark-dev clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
  sqlite3 postgresql redis-server yamllint iproute2"

# What the browser tests need on top; a font, as a fresh machine has none.
web_packages="chromium fonts-dejavu-core"

say() {
  printf '== %s\n' "$*" >&2
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# as_root COMMAND…: runs it as root, without asking for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    die "root is needed for: $*"
  fi
}

# missing_packages NAME…: prints those that are not installed.
missing_packages() {
  for name in "$@"; do
    case "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" in
      installed) ;;
      *) printf '%s ' "$name" ;;
    esac
  done
}

# need_packages NAME…: installs the missing ones with apt-get; quick when there
# are none. Boost 1.81 replaces 1.74: their -dev packages exclude each other.
need_packages() {
  command -v dpkg-query >/dev/null 2>&1 \
    || die "this script sets up Debian 12; elsewhere install: $*"
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "installing $missing"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null >&2
  # A package that brings a server must not start it: tests have their own.
  guard=/usr/sbin/policy-rc.d
  if [ -e "$guard" ]; then
    guard=
  else
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
    as_root chmod 755 "$guard"
  fi
  installed=0
  # shellcheck disable=SC2086 # a list of words
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
    --no-install-recommends $missing </dev/null >&2 || installed=$?
  [ -z "$guard" ] || as_root rm -f "$guard"
  return $installed
}

# need_node: puts a Node.js of version 20 or later into PATH.
need_node() {
  node_major() {
    node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p'
  }
  PATH="$PWD/build/node/node_modules/node/bin:$PATH"
  export PATH
  major=$(node_major)
  if [ "${major:-0}" -lt 20 ] || ! command -v npm >/dev/null 2>&1; then
    command -v npm >/dev/null 2>&1 || need_packages npm
    major=$(node_major)
    if [ "${major:-0}" -lt 20 ]; then
      say "installing Node.js 22 into build/node"
      npm install --loglevel=error --no-fund --no-audit --prefix build/node node@22 \
        </dev/null >&2
    fi
  fi
}

# need_npm FOLDER [TARGET]: installs the packages of FOLDER/package-lock.json
# into TARGET (build/FOLDER), unless that was done for the same lock file.
need_npm() {
  target="${2:-build/$1}"
  mkdir -p "$target"
  if ! cmp -s "$1/package-lock.json" "$target/installed-lock.json"; then
    say "installing npm packages of $1"
    cp "$1/package.json" "$1/package-lock.json" "$target/"
    npm ci --loglevel=error --no-fund --no-audit --prefix "$target" </dev/null >&2
    cp "$1/package-lock.json" "$target/installed-lock.json"
  fi
}

# build_dashboard: builds the pages of web/dashboard into build/web/dashboard,
# unless they are those of the same sources; then it needs no Node.js either.
build_dashboard() {
  pages=build/web/dashboard
  packages=build/web/dashboard-packages
  mkdir -p "$packages"
  find web/dashboard -type f ! -path 'web/dashboard/tests/*' -exec sha256sum {} + \
    | LC_ALL=C sort >"$packages/sources.new"
  if [ -e "$pages/index.html" ] && cmp -s "$packages/sources.new" "$packages/sources"; then
    return 0
  fi
  need_node
  need_npm web/dashboard "$packages"
  # Tools look for packages beside the sources.
  ln -sfn "../../$packages/node_modules" web/dashboard/node_modules
  say "building the dashboard"
  npm run --silent build --prefix web/dashboard -- \
    --logLevel warn --outDir "$PWD/$pages.new" </dev/null >&2
  # A server that runs meanwhile sees old or new pages, never half of them.
  rm -rf "$pages"
  mv "$pages.new" "$pages"
  mv "$packages/sources.new" "$packages/sources"
}

# jobs: how many compilers fit: one per core, and 1.5 GB of memory for each.
jobs() {
  cores=$(nproc)
  fit=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  [ "${fit:-1}" -ge 1 ] || fit=1
  [ "$cores" -lt "$fit" ] && echo "$cores" || echo "$fit"
}

# build PRESET TARGET…: configures and builds.
build() {
  preset=$1
  shift
  say "building preset $preset"
  cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 \
    || { cat "build/configure-$preset.log" >&2; die "cmake failed"; }
  # shellcheck disable=SC2046 # a number
  cmake --build "build/$preset" -j $(jobs) --target "$@" >&2
}
