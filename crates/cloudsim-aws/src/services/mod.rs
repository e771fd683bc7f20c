//! One folder per service. Each has its specification (what a scenario says), its limits with sources, its model as a
//! plain value, and its prices.

pub mod auto_scaling_group;
pub mod dynamodb;
pub mod ec2_instance;
pub mod load_balancer;
pub mod nat_gateway;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod target_group;
pub mod vpc;
