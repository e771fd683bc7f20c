//! CS0307: timeouts fit into each other.

use super::Check;
use crate::diagnostics::{Problem, Rule};
use crate::examples::Example;
use crate::resolve::Context;
use crate::spec::Text;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        code: "CS0307",
        title: "timeouts fit into each other",
        page: "\
A client gives up a connection after `connect_timeout`, a try after `try_timeout`, and the request after `timeout`. A shorter \
outer timeout makes the inner one meaningless.",
        example: Example::Fields {
            wrong: r#"set: { "clients.reader.try_timeout": "20s" },"#,
            right: r#"set: { "clients.reader.try_timeout": "5s" },"#,
        },
    },
    needs: &["clients"],
    run,
};

fn run(rule: &'static Rule, cx: &mut Context<'_>) {
    for (index, client) in cx.spec.clients.iter().enumerate() {
        let read = |text: &Option<Text<_>>, default| text.as_ref().map_or(Ok(default), Text::read);
        let connect = read(&client.connect_timeout, cx.assumed.clients.connect_timeout);
        let try_timeout = read(&client.try_timeout, cx.assumed.clients.try_timeout);
        let timeout = read(&client.timeout, cx.assumed.clients.timeout);
        let at = cx.at("clients", index);
        let pairs = [
            ("connect_timeout", connect, "try_timeout", try_timeout.clone()),
            ("try_timeout", try_timeout, "timeout", timeout),
        ];
        for (inner_name, inner, outer_name, outer) in pairs {
            if let (Ok(inner), Ok(outer)) = (inner, outer)
                && inner > outer
            {
                let message = format!("`{inner_name}` {inner} is longer than `{outer_name}` {outer}");
                let given =
                    [inner_name, outer_name].into_iter().find(|name| at.field(name).span() != at.span());
                let place = given.map_or(at, |name| at.field(name)).span();
                let hint = format!("{outer_name} ends what {inner_name} waits for");
                cx.problems.push(Problem::warning(rule, message).at(place).hint(hint));
            }
        }
    }
}
