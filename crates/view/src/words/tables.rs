//! Sentences about tables, chains and rules.

use packetwalk_core::walk::{Family, Hook, LogFormat, Name, RuleRef, Verdict, WhyNot};

use super::event::{About, hook_arg, rule_args, verdict_arg};
use super::{Class, Sentence, arg, pick, why};

impl<'a> About<'a> {
    pub(super) fn table_enter(&self, family: Family, table: &'a Name, hook: Hook) -> Sentence {
        let pair = match family {
            Family::Bridge => [
                "ebtables table {table}: its chain {hook} begins.",
                "ebtables 的 {table} 表：开始走 {hook} 链。",
            ],
            _ => [
                "Table {table}: its chain {hook} begins.",
                "{table} 表：开始走 {hook} 链。",
            ],
        };
        self.say(
            pair,
            vec![
                arg("table", Class::Table, &**table),
                arg("hook", Class::Chain, hook.name()),
            ],
        )
    }

    pub(super) fn rule(&self, rule: &'a RuleRef, why_not: Option<&WhyNot>) -> Sentence {
        let args = rule_args(rule);
        match why_not {
            None => self.say(
                [
                    "Rule {rule} of {chain} matches.",
                    "{chain} 链第 {rule} 条规则匹配。",
                ],
                args,
            ),
            Some(why_not) => {
                let mut out = self.say(
                    [
                        "Rule {rule} of {chain} does not match: it ",
                        "{chain} 链第 {rule} 条规则不匹配：",
                    ],
                    args,
                );
                out.append(why::sentence(why_not, self.lang));
                out.push(Class::Text, pick([".", "。"], self.lang));
                out
            }
        }
    }

    pub(super) fn target(&self, rule: &'a RuleRef, target: &'a Name, effect: &'a str) -> Sentence {
        let mut args = rule_args(rule);
        args.push(arg("target", Class::Verdict, &**target));
        args.push(arg("effect", Class::Value, effect));
        let pair = match &**target {
            "ACCEPT" => [
                "Rule {rule} of {chain} accepts the packet: this table is done with it.",
                "{chain} 链第 {rule} 条规则接受数据包：本表到此结束。",
            ],
            "DROP" => [
                "Rule {rule} of {chain} drops the packet without a word to the sender.",
                "{chain} 链第 {rule} 条规则丢弃数据包，不通知发送者。",
            ],
            "REJECT" if effect.is_empty() => [
                "Rule {rule} of {chain} rejects the packet and tells the sender.",
                "{chain} 链第 {rule} 条规则拒绝数据包，并通知发送者。",
            ],
            "REJECT" => [
                "Rule {rule} of {chain} rejects the packet and tells the sender: {effect}.",
                "{chain} 链第 {rule} 条规则拒绝数据包，并通知发送者：{effect}。",
            ],
            "MASQUERADE" | "SNAT" | "DNAT" | "REDIRECT" if effect.starts_with('-') => [
                "Rule {rule} of {chain} has the connection translated: {effect}.",
                "{chain} 链第 {rule} 条规则要求转换这个连接的地址：{effect}。",
            ],
            "MASQUERADE" | "SNAT" | "DNAT" | "REDIRECT" | "MARK" if effect.is_empty() => [
                "Rule {rule} of {chain}: target {target}.",
                "{chain} 链第 {rule} 条规则：目标 {target}。",
            ],
            "MASQUERADE" | "SNAT" => [
                "Rule {rule} of {chain}: {target} translates the connection's source to {effect}.",
                "{chain} 链第 {rule} 条规则：{target} 把连接的源地址转换为 {effect}。",
            ],
            "DNAT" | "REDIRECT" => [
                "Rule {rule} of {chain}: {target} translates the connection's destination to {effect}.",
                "{chain} 链第 {rule} 条规则：{target} 把连接的目的地址转换为 {effect}。",
            ],
            "MARK" => [
                "Rule {rule} of {chain} sets the packet's mark to {effect}.",
                "{chain} 链第 {rule} 条规则把数据包的标记（mark）设为 {effect}。",
            ],
            "TRACE" => [
                "Rule {rule} of {chain} asks for a trace: from here on every rule that this packet meets is logged.",
                "{chain} 链第 {rule} 条规则要求跟踪：从这里起，数据包遇到的每条规则都会写入日志。",
            ],
            "LOG" => [
                "Rule {rule} of {chain} writes a line into the kernel's log and goes on.",
                "{chain} 链第 {rule} 条规则向内核日志写一行，然后继续。",
            ],
            _ if effect.is_empty() => [
                "Rule {rule} of {chain}: target {target}.",
                "{chain} 链第 {rule} 条规则：目标 {target}。",
            ],
            _ => [
                "Rule {rule} of {chain}: target {target}, {effect}.",
                "{chain} 链第 {rule} 条规则：目标 {target}，{effect}。",
            ],
        };
        self.say(pair, args)
    }

    pub(super) fn jump(&self, rule: &'a RuleRef, to: &'a Name, goto: bool) -> Sentence {
        let mut args = rule_args(rule);
        args.push(arg("to", Class::Chain, &**to));
        let pair = if goto {
            [
                "Rule {rule} of {chain} goes to chain {to}, with no way back to {chain}.",
                "{chain} 链第 {rule} 条规则转到（goto）{to} 链，之后不再回到 {chain}。",
            ]
        } else {
            [
                "Rule {rule} of {chain} jumps to chain {to}.",
                "{chain} 链第 {rule} 条规则跳转到 {to} 链。",
            ]
        };
        self.say(pair, args)
    }

    pub(super) fn back(&self, rule: Option<&'a RuleRef>, from: &'a Name, to: &'a Name) -> Sentence {
        let mut args = vec![
            arg("from", Class::Chain, &**from),
            arg("to", Class::Chain, &**to),
        ];
        let pair = match rule {
            Some(rule) => {
                args.push(arg("rule", Class::Rule, rule.number.to_string()));
                [
                    "Rule {rule} of {from} is a RETURN: back to {to}.",
                    "{from} 链第 {rule} 条规则是 RETURN：回到 {to}。",
                ]
            }
            None => [
                "Chain {from} is at its end: back to {to}.",
                "{from} 链走完：回到 {to}。",
            ],
        };
        self.say(pair, args)
    }

    pub(super) fn table_leave(
        &self,
        table: &'a Name,
        hook: Hook,
        verdict: Verdict,
        rule: Option<&'a RuleRef>,
    ) -> Sentence {
        let mut args = vec![
            arg("table", Class::Table, &**table),
            hook_arg(hook),
            verdict_arg(verdict, self.lang),
        ];
        let pair = match rule {
            Some(rule) => {
                args.push(arg("rule", Class::Rule, rule.number.to_string()));
                args.push(arg("chain", Class::Chain, &*rule.chain));
                [
                    "Table {table} has decided at {hook}: the packet is {verdict}, by rule {rule} of {chain}.",
                    "{table} 表在 {hook} 作出决定：{verdict}，依据 {chain} 链第 {rule} 条规则。",
                ]
            }
            None => [
                "Table {table} has decided at {hook}: the packet is {verdict}.",
                "{table} 表在 {hook} 作出决定：{verdict}。",
            ],
        };
        self.say(pair, args)
    }

    pub(super) fn log(&self, format: &'a LogFormat) -> Sentence {
        match format {
            LogFormat::Trace {
                table,
                chain,
                comment,
                rulenum,
            } => {
                let pair = match &**comment {
                    "policy" => [
                        "The packet is traced: the kernel logs that the policy of {chain} in {table} decided.",
                        "数据包被跟踪：内核记录 {table} 表 {chain} 链的默认策略作出了决定。",
                    ],
                    "return" => [
                        "The packet is traced: the kernel logs the return from {chain} in {table}.",
                        "数据包被跟踪：内核记录从 {table} 表 {chain} 链返回。",
                    ],
                    _ => [
                        "The packet is traced: the kernel logs that rule {rule} of {chain} in {table} matched.",
                        "数据包被跟踪：内核记录 {table} 表 {chain} 链第 {rule} 条规则匹配。",
                    ],
                };
                self.say(
                    pair,
                    vec![
                        arg("table", Class::Table, &**table),
                        arg("chain", Class::Chain, &**chain),
                        arg("rule", Class::Rule, rulenum.to_string()),
                    ],
                )
            }
            LogFormat::Log { prefix, .. } | LogFormat::Ebtables { prefix, .. } => self.say(
                [
                    "A rule that logs was met: the kernel writes a line, “{prefix}”.",
                    "遇到记录日志的规则：内核写下一行，前缀为“{prefix}”。",
                ],
                vec![arg("prefix", Class::Value, prefix.trim_end())],
            ),
            LogFormat::Conntrack { text } => self.say(
                [
                    "Connection tracking finds the packet wrong and logs why: {text}",
                    "连接跟踪认为数据包有误，并记录原因：{text}",
                ],
                vec![arg("text", Class::Value, text.as_str())],
            ),
            LogFormat::Kernel { text } => self.say(
                ["The kernel complains: {text}", "内核报告：{text}"],
                vec![arg("text", Class::Value, text.as_str())],
            ),
        }
    }
}
