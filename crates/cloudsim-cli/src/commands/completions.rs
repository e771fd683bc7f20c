//! `completions`: the script by which a shell asks this program how a line may go on.

use crate::args::{CompletionsArgs, Shell};
use crate::runner::RunError;
use crate::{Exit, output};
use clap_complete::env::{EnvCompleter, Fish, Powershell, Zsh};

/// Set by the scripts when they ask.
pub(crate) const VARIABLE: &str = "CLOUDSIM_COMPLETE";

pub(crate) fn completions(args: &CompletionsArgs) -> Result<Exit, RunError> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => {
            output::data(&BASH.replace("VARIABLE", VARIABLE))?;
            return Ok(Exit::Fine);
        }
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "cloudsim", "cloudsim", "cloudsim", &mut script)?;
    output::data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}

/// Bash takes words apart at `:`, `=` and `@`, which stand in faults and settings. This puts them together before it asks,
/// and takes off from the answers what bash will not replace. A word in quotes is whole already.
const BASH: &str = r#"_cloudsim() {
    local line=${COMP_LINE:0:COMP_POINT} words=() last=-1 i rest word
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        if ((i == COMP_CWORD)); then word=$rest; else word=${COMP_WORDS[i]}; fi
        if ((i == 0)) || [[ $rest != "$line" ]]; then
            last=$((last + 1))
            words[last]=
        fi
        words[last]+=$word
        line=${rest#"$word"}
    done
    local quoted=
    if [[ ${words[last]} == [\'\"]* ]]; then
        quoted=yes
        words[last]=${words[last]:1}
    fi
    local IFS=$'\013'
    COMPREPLY=($(
        _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$last _CLAP_COMPLETE_COMP_TYPE=$COMP_TYPE VARIABLE=bash \
            cloudsim -- "${words[@]}" 2>/dev/null
    ))
    local breaks= mark
    for mark in : = @; do
        if [[ $COMP_WORDBREAKS == *"$mark"* ]]; then breaks+=$mark; fi
    done
    if [[ -z $quoted && -n $breaks && ${words[last]} == *[$breaks]* ]]; then
        local kept=${words[last]%"${words[last]##*[$breaks]}"}
        COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    fi
    if [[ ${COMPREPLY-} == *[=/:@.] ]]; then compopt -o nospace 2>/dev/null; fi
    return 0
}
complete -o bashdefault -o nosort -F _cloudsim cloudsim 2>/dev/null || complete -o bashdefault -F _cloudsim cloudsim
"#;
