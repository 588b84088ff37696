#!/usr/bin/env bash
# `make slurm-check`: the smoke sweep through this profile, on a SLURM of one machine that lives as long as this script.
# One job is killed on the way. It leaves the Debian packages behind, and after a failure the folder with the logs.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PWD/.venv/bin:$PATH

CONF=/etc/slurm/slurm.conf # nowhere else: the executor drops SLURM_CONF from what the jobs inherit
OURS="# of profiles/slurm/check.sh, which removes it when it ends"

fail() {
    echo "slurm-check: $*" >&2
    exit 1
}

check_machine() {
    [[ -f /etc/debian_version ]] || fail "this needs a Debian machine, to install SLURM from its packages."
    [[ $EUID == 0 ]] || fail "this needs root, to install SLURM and to start its daemons."
    [[ ! -e $CONF ]] || grep -qxF "$OURS" $CONF ||
        fail "$CONF is there, so this machine has a SLURM of its own. Run this on a machine without one."
    ! pgrep -x slurmctld >/dev/null || fail "slurmctld is running here. Stop it first."
}

install_packages() {
    if ! type slurmctld slurmd munged sbatch &>/dev/null; then
        echo "Installing slurm-wlm and munge from Debian."
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends slurm-wlm munge >/dev/null
    fi
    python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r profiles/slurm/requirements.txt
}

write_configuration() {
    mkdir -p "$(dirname $CONF)" "$folder"/{munge,state,spool}
    chmod 755 "$folder" "$folder/munge"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
    cat >$CONF <<END
$OURS
ClusterName=check
SlurmctldHost=$(hostname -s)(127.0.0.1)
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
PartitionName=main Nodes=ALL Default=YES
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
END
}

start_slurm() {
    munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" --seed-file="$folder/munge/seed" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log"
    slurmctld
    slurmd
    for _ in {1..30}; do
        [[ $(sinfo --noheader --format=%T 2>/dev/null) != idle ]] || return 0
        sleep 1
    done
    fail "SLURM's node did not come up within 30 seconds."
}

stop_slurm() {
    scancel --user=root
    for name in slurmd slurmctld munged; do
        pid=$(cat "$folder/$name.pid") && kill "$pid" && timeout 20 tail --pid="$pid" --follow /dev/null
    done
} 2>/dev/null

# Without accounting there is no sacct, so squeue has to say how a job ended.
start_sweep() {
    "${smoke[@]}" --profile profiles/slurm --default-resources slurm_partition=main --slurm-no-account \
        --slurm-status-command squeue --slurm-init-seconds-before-status-checks 5 \
        --slurm-logdir "$folder/jobs" &>"$folder/snakemake.log" &
    sweep=$!
}

# The youngest one, once a first training has ended; by SIGKILL, so that nothing in it can tidy up.
kill_a_job() {
    until compgen -G "$folder/runs/*/run.json" >/dev/null &&
        killed=$(squeue --noheader --states=RUNNING --sort=-i --format=%i | head -n 1) && [[ $killed ]]; do
        kill -0 $sweep 2>/dev/null || fail "the sweep ended before a job of it could be killed."
        sleep 1
    done
    scontrol listpids "$killed" | awk 'NR > 1 {print $1}' | xargs kill -KILL
    echo "Killed the processes of job $killed."
}

verify() {
    plan=$("${smoke[@]}" -n 2>&1)
    missing=$(sed -n 's|^ *output: .*/runs/||p' <<<"$plan")
    [[ -z $missing ]] || fail "these results are missing:"$'\n'"$missing"
    grep -q "Nothing to be done" <<<"$plan" || fail "this is planned still:"$'\n'"$plan"
    grep -q "log: $folder/jobs/.*/$killed.log (check log" "$folder/snakemake.log" || fail "job $killed did not fail."
    grep -q "Trying to restart job" "$folder/snakemake.log" || fail "job $killed was not submitted again."
}

restore() {
    code=$?
    trap - EXIT
    set +e
    [[ -z ${sweep:-} ]] || pkill -KILL -P "$sweep" # at a gentler signal it would wait for all jobs
    stop_slurm
    [[ ! -e $CONF ]] || ! grep -qxF "$OURS" $CONF || rm -f $CONF
    if [[ $code == 0 ]]; then
        rm -rf "$folder"
    else
        echo "slurm-check: failed; the logs are in $folder." >&2
    fi
    exit $code
}

check_machine
folder=$(mktemp -d -t slurm-check.XXXXXX)
export VAELIB_HOME=$folder/runs
# In a folder of its own, so that neither locks nor logs come into the project's
smoke=(timeout 1h snakemake smoke --snakefile Snakefile --directory "$folder/work")
trap restore EXIT
trap 'exit 130' INT TERM
install_packages
write_configuration
start_slurm
echo "Running the smoke sweep on a SLURM of $(nproc) cores: a few minutes."
start_sweep
kill_a_job
wait $sweep || true # what is missing says more than an exit code
sweep=
verify
results=$(find "$folder/runs" -name 'evaluation-*.json' | wc -l)
jobs=$(grep -c "has been submitted with SLURM jobid" "$folder/snakemake.log")
echo "slurm-check: passed in $SECONDS seconds; $results experiments, $jobs jobs, of which job $killed was killed."
